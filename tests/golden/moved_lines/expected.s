	.file	"x.c"
	.text
	.globl	f
	.type	f, @function
f:
	.file 1 "x.c"
	.loc 1 10 5
	testl	%edi, %edi
	jne	.L2
	ret
.L2:
	.loc 1 11 9 discriminator 1
	movl	$11, %esi
	movl	$7, %edi
	jmp	fail
	.size	f, .-f
	.globl	two_lines
	.type	two_lines, @function
two_lines:
	.loc 1 20 5
	movl	$21, %esi
	movl	$7, %edi
	jmp	fail
	.size	two_lines, .-two_lines
	.globl	g
	.type	g, @function
g:
	.loc 1 30 5
	movl	$5, %esi
	jmp	fail
	.size	g, .-g
g.Lfe:
	.section	.note.GNU-stack,"",@progbits
#----- kpatch begin -----
	.pushsection .kpatch.text,"xR",@progbits
#----- kpatch: g -----
	.p2align 4
	.globl	g.kpatch
	.hidden	g.kpatch
	.type	g.kpatch, @function
g.kpatch:
	movl	$8, %esi
	jmp	fail.kpatch_ext
	.size	g.kpatch, .-g.kpatch
g.kpatch_end:
	.popsection
	.pushsection .kpatch.strtab,"R",@progbits
.Lkpatch_name0:
	.string	"g"
	.popsection
	.pushsection .kpatch.info,"R",@progbits
	.balign	8
	.quad	g
	.quad	g.Lfe-g
	.quad	g.kpatch
	.quad	g.kpatch_end-g.kpatch
	.quad	.Lkpatch_name0
	.quad	0
	.popsection
	.weak	fail.kpatch_ext
	.hidden	fail.kpatch_ext
#----- kpatch end -----
