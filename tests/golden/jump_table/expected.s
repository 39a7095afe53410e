	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	cmpl	$5, %edi
	ja	.L11
	subq	$8, %rsp
	movl	%edi, %edi
	leaq	.L4(%rip), %rdx
	movslq	(%rdx,%rdi,4), %rax
	addq	%rdx, %rax
	jmp	*%rax
	.section	.rodata
	.align 4
	.align 4
.L4:
	.long	.L9-.L4
	.long	.L8-.L4
	.long	.L7-.L4
	.long	.L6-.L4
	.long	.L5-.L4
	.long	.L3-.L4
	.text
.L9:
	movl	$0, %edi
	call	q@PLT
.L1:
	addq	$8, %rsp
	ret
.L8:
	movl	$1, %edi
	call	r@PLT
	jmp	.L1
.L7:
	movl	$2, %edi
	call	s@PLT
	jmp	.L1
.L6:
	movl	$3, %edi
	call	t@PLT
	jmp	.L1
.L5:
	movl	$4, %edi
	call	u@PLT
	jmp	.L1
.L3:
	movl	$8, %edi
	call	v@PLT
	jmp	.L1
.L11:
	ret
	.size	f, .-f
f.Lfe:
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	cmpl	$5, %edi
	ja	.L11.kpatch
	subq	$8, %rsp
	movl	%edi, %edi
	leaq	.L4.kpatch(%rip), %rdx
	movslq	(%rdx,%rdi,4), %rax
	addq	%rdx, %rax
	jmp	*%rax
.L9.kpatch:
	movl	$0, %edi
	call	q.kpatch_ext@PLT
.L1.kpatch:
	addq	$8, %rsp
	ret
.L8.kpatch:
	movl	$1, %edi
	call	r.kpatch_ext@PLT
	jmp	.L1.kpatch
.L7.kpatch:
	movl	$2, %edi
	call	s.kpatch_ext@PLT
	jmp	.L1.kpatch
.L6.kpatch:
	movl	$3, %edi
	call	t.kpatch_ext@PLT
	jmp	.L1.kpatch
.L5.kpatch:
	movl	$4, %edi
	call	u.kpatch_ext@PLT
	jmp	.L1.kpatch
.L3.kpatch:
	movl	$9, %edi
	call	v.kpatch_ext@PLT
	jmp	.L1.kpatch
.L11.kpatch:
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.rodata,"R",@progbits
	.align 4
.L4.kpatch:
	.long	.L9.kpatch-.L4.kpatch
	.long	.L8.kpatch-.L4.kpatch
	.long	.L7.kpatch-.L4.kpatch
	.long	.L6.kpatch-.L4.kpatch
	.long	.L5.kpatch-.L4.kpatch
	.long	.L3.kpatch-.L4.kpatch
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"f"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	f
	.quad	f.Lfe-f
	.quad	f.kpatch
	.quad	f.kpatch_end-f.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
	.weak	q.kpatch_ext
	.hidden	q.kpatch_ext
	.weak	r.kpatch_ext
	.hidden	r.kpatch_ext
	.weak	s.kpatch_ext
	.hidden	s.kpatch_ext
	.weak	t.kpatch_ext
	.hidden	t.kpatch_ext
	.weak	u.kpatch_ext
	.hidden	u.kpatch_ext
	.weak	v.kpatch_ext
	.hidden	v.kpatch_ext
#----- kpatch end -----
