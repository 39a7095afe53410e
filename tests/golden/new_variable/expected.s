	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	movl	n(%rip), %eax
	ret
	.size	f, .-f
f.Lfe:
	.globl	n
	.data
	.align 4
	.type	n, @object
	.size	n, 4
n:
	.long	3
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: f -----
	.p2align 4
	.globl	f.kpatch
	.hidden	f.kpatch
	.type	f.kpatch, @function
f.kpatch:
	movl	calls.0.kpatch(%rip), %eax
	leal	1(%rax), %edx
	movl	%edx, calls.0.kpatch(%rip)
	movl	fresh.kpatch(%rip), %eax
	leal	1(%rax), %ecx
	movl	%ecx, fresh.kpatch(%rip)
	addl	n(%rip), %eax
	addl	zero.kpatch(%rip), %eax
	addl	%edx, %eax
	ret
	.size	f.kpatch, .-f.kpatch
f.kpatch_end:
	.popsection
	.pushsection .kpatch.data,"R",@progbits
	.align 4
	.globl	fresh.kpatch
	.hidden	fresh.kpatch
	.type	fresh.kpatch, @object
fresh.kpatch:
	.long	7
	.align 4
	.globl	zero.kpatch
	.hidden	zero.kpatch
	.type	zero.kpatch, @object
zero.kpatch:
	.zero	4
	.balign	4
	.type	calls.0.kpatch, @object
calls.0.kpatch:
	.zero	4
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
#----- kpatch end -----
